// Run by mongosh --nodb: the one-node replica set and the service's own users. May be repeated.

const { MONGODB_ROOT_PASSWORD: rootPassword } = process.env;
const host = 'mongo:27017';
const uri = `mongodb://root:${encodeURIComponent(rootPassword)}@${host}/admin?directConnection=true`;
const deadline = Date.now() + 60_000;

let admin;
while (admin === undefined) {
  try {
    admin = connect(uri);
  } catch (error) {
    if (Date.now() > deadline) throw error;
    sleep(500);
  }
}

if (admin.hello().setName === undefined) {
  admin.adminCommand({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host }] } });
}
while (!admin.hello().isWritablePrimary) {
  if (Date.now() > deadline) throw new Error('MongoDB did not become primary');
  sleep(200);
}

const orders = admin.getSiblingDB('orders');
const resource = { db: 'orders', collection: '' };

// What the worker does, and no more: it neither drops collections nor changes indexes or validators.
const role = {
  privileges: [{ resource, actions: ['find', 'insert', 'update', 'remove'] }],
  roles: [],
};
if (orders.getRole('writesOrders') === null) orders.createRole({ role: 'writesOrders', ...role });
else orders.updateRole('writesOrders', role);

// The API writes nothing but the data key of an order that it starts, and never changes one.
const keyRole = {
  privileges: [{ resource: { db: 'orders', collection: 'datakeys' }, actions: ['insert'] }],
  roles: ['read'],
};
if (orders.getRole('placesOrders') === null) {
  orders.createRole({ role: 'placesOrders', ...keyRole });
} else orders.updateRole('placesOrders', keyRole);

const codecRole = {
  privileges: [
    { resource: { db: 'orders', collection: 'datakeys' }, actions: ['find'] },
    { resource: { db: 'orders', collection: 'migrations' }, actions: ['find'] },
  ],
  roles: [],
};
if (orders.getRole('readsKeys') === null) orders.createRole({ role: 'readsKeys', ...codecRole });
else orders.updateRole('readsKeys', codecRole);

const users = {
  orders_api: { pwd: process.env.MONGODB_API_PASSWORD, roles: ['placesOrders'] },
  // The codec server reads the keys, and no order.
  orders_codec: { pwd: process.env.MONGODB_CODEC_PASSWORD, roles: ['readsKeys'] },
  orders_worker: { pwd: process.env.MONGODB_WORKER_PASSWORD, roles: ['writesOrders'] },
  // Migrations, the import of another service's database, and people.
  orders: { pwd: process.env.MONGODB_PASSWORD, roles: ['readWrite', 'dbAdmin'] },
};
for (const [name, user] of Object.entries(users)) {
  if (orders.getUser(name) === null) orders.createUser({ user: name, ...user });
  else orders.updateUser(name, user);
}
