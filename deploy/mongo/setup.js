// Run by mongosh --nodb: the one-node replica set and the service's own user. May be repeated.

const { MONGODB_ROOT_PASSWORD: rootPassword, MONGODB_PASSWORD: password } = process.env;
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
const user = { pwd: password, roles: ['readWrite', 'dbAdmin'] };
if (orders.getUser('orders') === null) orders.createUser({ user: 'orders', ...user });
else orders.updateUser('orders', user);
