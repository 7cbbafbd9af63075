/**
 * A TCP server through which drivers talk to TimescaleDB compiled to WebAssembly. Usage: node bridge.mjs FOLDER
 *
 * FOLDER is where server.py put the npm package and the seed. Prints {"port": N} when it listens, ends with its stdin.
 * There is one backend: clients take turns, a transaction each. A COPY FROM STDIN is gathered first and run as a whole.
 * Belongs here: the process, clients, turns, COPY. Keep out: message layout (wire.mjs), sessions (backend.mjs).
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { Backend, Refused } from './backend.mjs';
import { load } from './load.mjs';
import { copyFail, failure, incoming, int32, message, parameter, ready, sync, typeOf } from './wire.mjs';

const CANCEL_REQUEST = 80877102;
const PATIENCE_MS = 30_000; // a client that waits longer than this waits for itself: another of its connections
const COPY_IN = /\bcopy\b[^;]*\bfrom\s+stdin\b/i;
const SAVEPOINT = 'bridge_copy';

/** Who may speak to the backend: one client, until its transaction is over. */
class Turns {
  #holder = null;
  #queue = [];

  take(client) {
    this.#holder ??= client;
    if (this.#holder === client) return Promise.resolve();
    return new Promise((go, give_up) => {
      const waiter = { client, go: () => (clearTimeout(timer), go()) };
      const timer = setTimeout(() => {
        this.#queue.splice(this.#queue.indexOf(waiter), 1);
        const text = `another connection has been in a transaction for ${PATIENCE_MS / 1000} s`;
        give_up(new Refused({ C: '55P03', M: `${text}; here one is open at a time` }));
      }, PATIENCE_MS);
      this.#queue.push(waiter);
    });
  }

  release(client) {
    if (this.#holder !== client) return;
    const next = this.#queue.shift();
    this.#holder = next?.client ?? null;
    next?.go();
  }
}

class Client {
  #batch = []; // messages up to one that asks for an answer
  #copy = null; // {batch, extended, data, ended} while rows arrive

  constructor(socket, backend, turns) {
    Object.assign(this, { socket, backend, turns });
  }

  #send(messages) {
    if (this.socket.writable) this.socket.write(Buffer.concat(messages));
  }

  /** Everything from the startup packet to the end of the connection. */
  async serve(clients) {
    try {
      for await (const one of incoming(this.socket)) {
        if (!this.session && !(await this.#open(one))) break;
        else if (one.code) continue;
        if (typeOf(one) === 'X') break;
        await (this.#copy ? this.#gather(one) : this.#collect(one));
      }
    } catch (error) {
      if (!error.code?.startsWith?.('E')) throw error; // the socket's: the client is gone
    } finally {
      clients.delete(this);
      await this.#close(clients.size === 0);
    }
  }

  async #open({ code, parameters }) {
    if (code === CANCEL_REQUEST) return false; // nothing runs that could be stopped: the backend has this thread
    try {
      await this.turns.take(this);
      const session = this.backend.admit(parameters);
      this.backend.enter(session);
      this.session = session;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#send([failure('FATAL', error.code, error.message)]);
      return false;
    }
    const told = [['session_authorization', this.session.user], ...this.backend.news([], true)];
    const key = message('K', int32(process.pid, 0));
    this.#send([message('R', int32(0)), ...told.map((pair) => parameter(...pair)), key, ready('I')]);
    this.turns.release(this);
    return true;
  }

  async #close(last) {
    this.socket.end();
    if (this.session) this.backend.end(this.session, last);
    this.turns.release(this);
  }

  async #collect(one) {
    this.#batch.push(one);
    if (!'QFSH'.includes(typeOf(one))) return; // Query, FunctionCall, Sync, Flush
    const batch = this.#batch;
    this.#batch = [];
    try {
      await this.turns.take(this);
      this.backend.enter(this.session);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.turns.release(this);
      this.#send([failure('ERROR', error.code, error.message), ready('I')]);
      return;
    }
    this.#execute(batch);
  }

  /**
   * Run a batch with a CopyFail behind it: only a COPY FROM STDIN hears it, by which it is known; then it is undone.
   * Inside a transaction that takes a savepoint, set when the text looks like COPY: one prepared earlier fails there.
   */
  #execute(batch) {
    const texts = batch.filter((one) => 'QP'.includes(typeOf(one))).map((one) => one.toString('latin1', 5));
    const inside = this.backend.status === 'T';
    const kept = inside && texts.some((text) => COPY_IN.test(text));
    if (kept) this.backend.ask(`SAVEPOINT ${SAVEPOINT}`);
    const extended = 'SH'.includes(typeOf(batch.at(-1)));
    const body = extended ? batch.slice(0, -1) : batch;
    const reply = this.backend.run([...body, copyFail('no rows yet'), ...(extended ? batch.slice(-1) : [])]);
    const asks = reply.findIndex((one) => typeOf(one) === 'G');
    if (asks < 0 || (inside && !kept)) {
      this.#answer(reply, typeOf(batch.at(-1)), texts.some((text) => /set_config/i.test(text)));
      return;
    }
    if (kept) this.backend.ask(`ROLLBACK TO ${SAVEPOINT}`, `RELEASE ${SAVEPOINT}`);
    else if (this.backend.status !== 'I') this.backend.ask('ROLLBACK');
    this.#copy = { body, extended, data: [], ended: false };
    this.#send(reply.slice(0, asks + 1));
  }

  #gather(one) {
    const copy = this.#copy;
    const type = typeOf(one);
    if ('dcf'.includes(type) && !copy.ended) copy.data.push(one); // CopyData, CopyDone, CopyFail
    copy.ended ||= 'cf'.includes(type);
    if (!copy.ended || (copy.extended && type !== 'S')) return;
    this.#copy = null;
    const reply = this.backend.run([...copy.body, ...copy.data, ...(copy.extended ? [sync] : [])]);
    this.#answer(reply.slice(reply.findIndex((one) => typeOf(one) === 'G') + 1), 'Q', false);
  }

  #answer(reply, asked, hinted) {
    const at = reply.findLastIndex((one) => typeOf(one) === 'Z');
    if (at < 0 && asked !== 'H') throw new Error('the backend fell silent');
    const news = at < 0 ? [] : this.backend.news(reply, hinted);
    const told = news.map((pair) => parameter(...pair));
    this.#send(at < 0 ? reply : [...reply.slice(0, at), ...told, reply[at]]);
    if (at >= 0 && this.backend.status === 'I') this.turns.release(this);
  }
}

/** End with stdin, a pipe, also while the backend is busy: a thread of its own listens. */
function endWithStdin() {
  const listen = `const { Socket } = require('node:net');
    new Socket({ fd: 0 }).resume().on('error', () => {}).on('close', () => {
      require('node:worker_threads').parentPort.postMessage('end');
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1000);
    });`;
  new Worker(listen, { eval: true }).on('message', () => process.exit(0));
}

endWithStdin();
const folder = process.argv[2];
const backend = new Backend(await load(folder, readFileSync(join(folder, 'seed.tar.gz'))));
const turns = new Turns();
const clients = new Set();
const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {}); // its reader hears of it
  const client = new Client(socket, backend, turns);
  clients.add(client);
  client.serve(clients);
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
