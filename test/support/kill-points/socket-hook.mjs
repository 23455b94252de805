// Loaded into a worker before all else. Whatever changes anything outside the process leaves it by a
// socket: here each such call gets a name, and the process is killed at the one that is named.
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';

/** @typedef {{ chunk: string | Uint8Array }[] | string | Uint8Array} Data */

const { KILL_POINTS_FILE: file = '', KILL_AT: wanted } = process.env;
/** @type {Map<string, number>} */
const counts = new Map();

/** @type {any} */
const prototype = Socket.prototype;
const write = prototype._writeGeneric;

/**
 * @this {any}
 * @param {boolean} writev
 * @param {Data} data
 * @param {string} encoding
 * @param {(error?: Error) => void} done
 */
prototype._writeGeneric = function (writev, data, encoding, done) {
  // It comes here again once the socket is connected.
  const effect = this.connecting ? undefined : effectIn(data);
  if (effect === undefined) return write.call(this, writev, data, encoding, done);
  const count = (counts.get(effect) ?? 0) + 1;
  counts.set(effect, count);
  const point = `${effect} #${count}`;
  appendFileSync(file, `${point}\n`);
  if (wanted === `${point}, before it is sent`) die();
  if (wanted === `${point}, before its answer is read`) this.push = die;
  const sent = wanted === `${point}, when it is sent` ? die : done;
  return write.call(this, writev, data, encoding, sent);
};

function die() {
  appendFileSync(file, 'killed\n');
  process.kill(process.pid, 'SIGKILL');
}

/** @param {Data} data */
function effectIn(data) {
  const chunks = Array.isArray(data) ? data.map(({ chunk }) => chunk) : [data];
  const bytes = Buffer.concat(chunks.map((chunk) => Buffer.from(/** @type {any} */ (chunk))));
  return httpCall(bytes) ?? mongoWrite(bytes) ?? publication(bytes);
}

/**
 * Products are read by a POST, which changes nothing.
 *
 * @param {Buffer} bytes
 */
function httpCall(bytes) {
  const [, method, path] =
    /^(POST|PUT|PATCH|DELETE) (\S+) HTTP/.exec(bytes.toString('latin1', 0, 500)) ?? [];
  if (path?.startsWith('/api/products')) return undefined;
  return path && `${method} ${path.replace(/[^/]*[\da-f]{8}-[\da-f-]{27}[^/]*/, '{id}')}`;
}

const OP_MSG = 2013;
const HEADER = 21;
const STRING = 2;
const WRITES = ['insert', 'update', 'delete', 'findAndModify'];

/**
 * The first field of a command is its name, with the collection as its value.
 *
 * @param {Buffer} bytes
 */
function mongoWrite(bytes) {
  if (bytes.length < HEADER + 5 || bytes.readInt32LE(12) !== OP_MSG) return undefined;
  if (bytes[HEADER + 4] !== STRING) return undefined;
  const end = bytes.indexOf(0, HEADER + 5);
  const command = bytes.toString('latin1', HEADER + 5, end);
  if (!WRITES.includes(command)) return undefined;
  return `${command} ${bytes.toString('latin1', end + 5, bytes.indexOf(0, end + 5))}`;
}

/**
 * A frame of AMQP with the method basic.publish, which names the routing key.
 *
 * @param {Buffer} bytes
 */
function publication(bytes) {
  if (bytes[0] !== 1 || bytes.length < 13) return undefined;
  if (bytes.readUInt16BE(7) !== 60 || bytes.readUInt16BE(9) !== 40) return undefined;
  const exchangeEnd = 14 + (bytes[13] ?? 0);
  const keyEnd = exchangeEnd + 1 + (bytes[exchangeEnd] ?? 0);
  return `publish ${bytes.toString('latin1', exchangeEnd + 1, keyEnd)}`;
}
