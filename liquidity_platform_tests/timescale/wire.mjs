/**
 * The PostgreSQL wire format, version 3: bytes cut into messages, messages built.
 *
 * Belongs here: how messages are laid out. Keep out: what they mean to a session, sockets' life.
 */

const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;

export const typeOf = (message) => String.fromCharCode(message[0]);

/** A message; a string part gets its closing zero byte. */
export function message(type, ...parts) {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)));
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export function int32(...numbers) {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((number, at) => bytes.writeUInt32BE(number, 4 * at));
  return bytes;
}

export const query = (sql) => message('Q', sql);
export const sync = message('S');
export const copyFail = (why) => message('f', why);
export const parameter = (name, value) => message('S', name, value);
export const ready = (status) => message('Z', Buffer.from(status));

/** A Parse message of a named statement with the types of its parameters. */
export function parse(name, sql, types) {
  const count = Buffer.alloc(2);
  count.writeInt16BE(types.length);
  return message('P', name, sql, count, int32(...types));
}

export function failure(severity, code, text, hint) {
  const fields = [`S${severity}`, `V${severity}`, `C${code}`, `M${text}`, ...(hint ? [`H${hint}`] : [])];
  return message('E', ...fields, Buffer.alloc(1));
}

/** {C: code, M: text, ...} of an ErrorResponse. */
export function fieldsOf(error) {
  const fields = error.toString('utf8', 5).split('\0').filter(Boolean);
  return Object.fromEntries(fields.map((field) => [field[0], field.slice(1)]));
}

/** The tag of a CommandComplete, such as "SET". */
export const tagOf = (complete) => complete.toString('latin1', 5, complete.length - 1);

/** The values of a DataRow in text form. */
export function valuesOf(row) {
  const values = [];
  for (let at = 7; at < row.length; ) {
    const length = row.readInt32BE(at);
    at += 4;
    values.push(length < 0 ? null : row.toString('utf8', at, at + length));
    at += Math.max(length, 0);
  }
  return values;
}

/** The messages of a complete reply. */
export function cut(bytes) {
  const messages = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    messages.push(bytes.subarray(at, end));
    at = end;
  }
  return messages;
}

/** What a client sends: first {code, parameters} of its startup, then messages. Encryption is declined on the way. */
export async function* incoming(socket) {
  let bytes = Buffer.alloc(0);
  let started = false;
  for await (const chunk of socket) {
    bytes = bytes.length ? Buffer.concat([bytes, chunk]) : chunk;
    for (;;) {
      const head = started ? 1 : 0;
      if (bytes.length < head + 4) break;
      const end = head + bytes.readInt32BE(head);
      if (bytes.length < end) break;
      const one = bytes.subarray(0, end);
      bytes = bytes.subarray(end);
      if (started) {
        yield one;
      } else if ([SSL_REQUEST, GSS_REQUEST].includes(one.readInt32BE(4))) {
        socket.write('N');
      } else {
        started = true;
        yield startup(one);
      }
    }
  }
}

function startup(packet) {
  const words = packet.toString('utf8', 8).split('\0');
  const parameters = {};
  for (let at = 0; at + 1 < words.length && words[at]; at += 2) parameters[words[at]] = words[at + 1];
  return { code: packet.readInt32BE(4), parameters };
}
