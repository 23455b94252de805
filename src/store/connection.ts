import mongoose, { type Connection, type ConnectOptions } from 'mongoose';

/** Connects to MongoDB with the limits of the service: nothing waits longer than seconds. */
export async function connectStore(uri: string, options: ConnectOptions = {}): Promise<Connection> {
  const connection = mongoose.createConnection(uri, {
    autoCreate: false,
    autoIndex: false,
    bufferCommands: false,
    ignoreUndefined: true,
    serverSelectionTimeoutMS: 2_000,
    connectTimeoutMS: 2_000,
    socketTimeoutMS: 5_000,
    waitQueueTimeoutMS: 2_000,
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: 4_000 },
    appName: 'orders-service',
    ...options,
  });
  connection.set('strictQuery', 'throw');
  connection.set('sanitizeFilter', true);
  try {
    return await connection.asPromise();
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Whether MongoDB, or a primary of it, cannot be reached: it may come up. A refused login is no outage. */
export function isMongoOutage(error: unknown): boolean {
  const { MongoNetworkError, MongoServerSelectionError } = mongoose.mongo;
  return [
    mongoose.Error.MongooseServerSelectionError,
    MongoServerSelectionError,
    MongoNetworkError,
  ].some((outage) => error instanceof outage);
}
