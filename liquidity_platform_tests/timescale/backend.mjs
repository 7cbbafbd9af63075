/**
 * The one backend that all clients share: it runs messages and becomes another client's session when asked to.
 *
 * A session is a user, a role, settings and prepared statements; these are read off when another session's turn comes
 * and put back later. Temporary tables, advisory locks and LISTEN are the backend's: every session sees them.
 * Belongs here: what is said to the backend on the bridge's own account. Keep out: sockets, COPY, whose turn it is.
 */
import { cut, fieldsOf, parse, query, sync, tagOf, typeOf, valuesOf } from './wire.mjs';

export const DATABASE = 'postgres';
const SUPERUSER = 'postgres';

// The package starts the backend with settings for its own tests; these are what a server starts with.
const USUAL = { search_path: '"$user", public', client_min_messages: 'notice', enable_seqscan: 'on', TimeZone: 'UTC' };
const ALSO = { log_min_messages: 'fatal', allow_system_table_mods: 'off' }; // for a superuser to set
const REPORTED = [
  'server_version', 'server_encoding', 'client_encoding', 'application_name', 'DateStyle', 'IntervalStyle', 'TimeZone',
  'integer_datetimes', 'standard_conforming_strings', 'is_superuser', 'default_transaction_read_only',
  'in_hot_standby', 'scram_iterations',
];

const literal = (text) => ` E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
const identifier = (text) => `"${text.replaceAll('"', '""')}"`;
const setting = ([name, value]) => `SELECT pg_catalog.set_config(${literal(name)}, ${literal(value)}, false)`;

/** An ErrorResponse to the bridge's own statement. */
export class Refused extends Error {
  constructor({ C: code, M: text }) {
    super(text);
    this.code = code;
  }
}

export class Backend {
  constructor(db) {
    this.db = db;
    this.status = 'I'; // as in ReadyForQuery: Idle, in a Transaction, in a failed one (E)
    this.session = null;
  }

  /** Run messages, which must hold all the backend will ask for: at their end it would exit. The reply's messages. */
  run(messages) {
    const reply = cut(this.#exec(Buffer.concat(messages)));
    for (const one of reply) if (typeOf(one) === 'Z') this.status = String.fromCharCode(one[5]);
    return reply;
  }

  #exec(bytes) {
    try {
      return Buffer.from(this.db.execProtocolRawSync(bytes));
    } catch (error) {
      console.error(error); // it is not fit for another statement
      process.exit(1);
    }
  }

  /** The rows of statements of the bridge's own. */
  ask(...statements) {
    const reply = this.run([query(statements.join('; '))]);
    const error = reply.find((one) => typeOf(one) === 'E');
    if (error) throw new Refused(fieldsOf(error));
    return reply.filter((one) => typeOf(one) === 'D').map(valuesOf);
  }

  /** A new session for these startup parameters; it is not entered yet. */
  admit({ user, database = user, options = '', ...given }) {
    if (database !== DATABASE) throw new Refused({ C: '3D000', M: `database "${database}" does not exist` });
    const [role] = this.ask(`SELECT oid, rolcanlogin FROM pg_catalog.pg_roles WHERE rolname = ${literal(user)}`);
    if (!role) throw new Refused({ C: '28000', M: `role "${user}" does not exist` });
    if (role[1] !== 't') throw new Refused({ C: '28000', M: `role "${user}" is not permitted to log in` });
    const stored = this.ask(
      `SELECT pg_catalog.unnest(setconfig) FROM pg_catalog.pg_db_role_setting WHERE setrole IN (0, ${role[0]})
       AND setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = ${literal(DATABASE)}))
       ORDER BY setrole <> 0, setdatabase <> 0`,
    ).map(([pair]) => pair);
    const asked = options.match(/(?:-c\s*|--)(?:\\.|\S)+/g) ?? [];
    const pairs = [...stored, ...asked.map((word) => word.replace(/^(-c\s*|--)/, '').replace(/\\(.)/g, '$1'))];
    const named = pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
    const settings = new Map([...Object.entries({ ...USUAL, ...ALSO }), ...named]);
    for (const [name, value] of Object.entries(given)) if (!name.startsWith('_pq_')) settings.set(name, value);
    return { user, role: 'none', settings: [...settings], statements: [], reported: {}, touched: false };
  }

  /** Become this session. Only while no transaction is open. */
  enter(session) {
    if (this.session === session) return;
    if (this.session) this.#leave(this.session);
    this.ask(`SET SESSION AUTHORIZATION ${SUPERUSER}`, 'RESET ALL', 'DEALLOCATE ALL', ...session.settings.map(setting));
    this.ask(`SET SESSION AUTHORIZATION ${identifier(session.user)}`);
    if (session.role !== 'none') this.ask(`SET ROLE ${identifier(session.role)}`);
    for (const [name, sql, written, types] of session.statements) {
      const oids = types.split(' ').filter(Boolean).map(Number);
      this.run(written === 't' ? [query(sql)] : [parse(name, sql, oids), sync]); // one that no longer holds is dropped
    }
    this.session = session;
  }

  #leave(session) {
    this.session = null;
    [[session.user, session.role]] = this.ask("SELECT session_user, pg_catalog.current_setting('role')");
    this.ask(`SET SESSION AUTHORIZATION ${SUPERUSER}`);
    session.settings = this.ask("SELECT name, setting FROM pg_catalog.pg_settings WHERE source = 'session'");
    session.statements = this.ask(
      `SELECT name, statement, from_sql, pg_catalog.array_to_string(parameter_types::pg_catalog.oid[], ' ')
       FROM pg_catalog.pg_prepared_statements`,
    );
  }

  /** End a session: nothing of its transaction stays; with the last one goes all that sessions share. */
  end(session, last) {
    if (this.session === session) {
      this.run([sync]);
      if (this.status !== 'I') this.ask('ROLLBACK');
      this.session = null;
    }
    if (!last) return;
    this.ask(`SET SESSION AUTHORIZATION ${SUPERUSER}`);
    this.ask('DISCARD ALL');
  }

  /** [name, value] of what a client is kept informed of and has not been told, after these messages. */
  news(reply, hinted) {
    const tags = reply.filter((one) => typeOf(one) === 'C').map(tagOf);
    const session = this.session;
    session.touched ||= hinted || tags.some((tag) => /^(SET|RESET|DISCARD ALL|ROLLBACK)$/.test(tag));
    if (!session.touched || this.status === 'E') return [];
    if (tags.some((tag) => /^(RESET|DISCARD ALL)$/.test(tag))) this.#usual();
    session.touched = this.status === 'T'; // what a transaction set may go with it
    const values = this.ask(...REPORTED.map((name) => `SHOW ${name}`)).map(([value]) => value);
    const found = REPORTED.map((name, at) => [name, values[at]]);
    const fresh = found.filter(([name, value]) => session.reported[name] !== value);
    Object.assign(session.reported, Object.fromEntries(fresh));
    return fresh;
  }

  /** What a client has reset falls back to what a server starts with. */
  #usual() {
    const reset = this.ask("SELECT name FROM pg_catalog.pg_settings WHERE source <> 'session'").flat();
    const lost = Object.entries(USUAL).filter(([name]) => reset.includes(name));
    if (lost.length) this.ask(...lost.map(setting));
  }
}
