import { products as firstProducts, type Product } from '../catalogue.ts';
import { Ledger } from '../shared/ledger.ts';

type ProductEffect = { type: 'product-set'; product: Product };

/** What is for sale, and for how much. */
export class Products {
  readonly ledger: Ledger<ProductEffect>;
  readonly #products = new Map(firstProducts.map((product) => [product.id, product]));

  constructor(dataDir: string | undefined) {
    this.ledger = Ledger.open('products', dataDir, (effect: ProductEffect) => this.#apply(effect));
  }

  get(id: string): Product | undefined {
    return this.#products.get(id);
  }

  list(): Product[] {
    return [...this.#products.values()];
  }

  set(product: Product): Product {
    const effect: ProductEffect = { type: 'product-set', product };
    this.ledger.append(effect);
    this.#apply(effect);
    return product;
  }

  #apply({ product }: ProductEffect): void {
    this.#products.set(product.id, product);
  }
}
