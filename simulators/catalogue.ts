/** What the simulators know on their first day. Pure data: no effect in a ledger stands behind it. */

export interface User {
  id: string;
  name: string;
  email: string;
  active: boolean;
  role: 'user' | 'admin';
}

export interface Product {
  id: string;
  sku: string;
  name: string;
  /** Major units; the shortest decimal text of the number is the exact price. */
  price: number;
  currency: string;
  active: boolean;
}

export const users: readonly User[] = [
  { id: 'ana', name: 'Ana Ruiz', email: 'ana@example.com', active: true, role: 'user' },
  { id: 'luis', name: 'Luis Ortega', email: 'luis@example.com', active: true, role: 'user' },
  { id: 'carla', name: 'Carla Vidal', email: 'carla@example.com', active: true, role: 'user' },
  { id: 'marta', name: 'Marta Gil', email: 'marta@example.com', active: false, role: 'user' },
  { id: 'admin', name: 'Admin', email: 'admin@example.com', active: true, role: 'admin' },
];

type Row = [id: string, sku: string, name: string, price: number, currency: string, stock: number];

const rows: Row[] = [
  ['P-1001', 'MUG-BLU', 'Blue mug', 19.99, 'EUR', 100_000],
  ['P-1002', 'TEA-GRN', 'Green tea, 250 g', 10.1, 'EUR', 100_000],
  ['P-1003', 'KET-STL', 'Steel kettle', 49.5, 'EUR', 10_000],
  ['P-1004', 'SPN-OAK', 'Oak spoon', 4.35, 'EUR', 10_000],
  ['P-1005', 'PAN-IRN', 'Cast-iron pan', 64.9, 'EUR', 10_000],
  ['P-1006', 'APR-LIN', 'Linen apron', 29, 'EUR', 10_000],
  ['P-1007', 'KNF-CHF', "Chef's knife", 89.95, 'EUR', 5_000],
  ['P-1008', 'BRD-OLV', 'Olive-wood board', 37.25, 'EUR', 5_000],
  ['P-1009', 'JAR-GLS', 'Glass jar', 0.99, 'EUR', 50_000],
  ['P-1010', 'STK-LBL', 'Label sticker', 0.05, 'EUR', 50_000],
  ['P-1011', 'CHR-ASH', 'Ash chair', 1149, 'EUR', 500],
  ['P-1012', 'LMP-BRS', 'Last brass lamp', 129.9, 'EUR', 1],
  ['P-1013', 'CLK-WAL', 'Wall clock (sold out)', 45, 'EUR', 0],
  ['P-1014', 'VAS-OLD', 'Vase (discontinued)', 22, 'EUR', 40],
  ['P-2001', 'BKP-CNV', 'Canvas backpack', 74.99, 'USD', 5_000],
  ['P-2002', 'BTL-THR', 'Thermos bottle', 24.5, 'USD', 5_000],
  ['P-3001', 'BWL-RMN', 'Ramen bowl', 1800, 'JPY', 5_000],
  ['P-3002', 'FAN-PPR', 'Paper fan', 650, 'JPY', 5_000],
  ['P-4001', 'INC-OUD', 'Oud incense', 3.125, 'KWD', 5_000],
  ['P-4002', 'DLL-POT', 'Dallah coffee pot', 18.75, 'KWD', 500],
];

const discontinued = new Set(['P-1014']);

export const products: readonly Product[] = rows.map(([id, sku, name, price, currency]) => {
  return { id, sku, name, price, currency, active: !discontinued.has(id) };
});

export const stock: ReadonlyMap<string, number> = new Map(rows.map((row) => [row[0], row[5]]));
