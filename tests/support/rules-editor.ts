import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A node as Node-RED's admin API takes it. */
export type FlowNode = Readonly<Record<string, unknown>>;

/** The admin API of the rules of a gateway, used as the editor uses it. */
export class RulesEditor {
  readonly #url: string;
  readonly #token: string;

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** Reads the password from the gateway's own folder, as an operator does. */
  static async open(port: number, dataDir: string): Promise<RulesEditor> {
    const token = await readFile(join(dataDir, 'rules/admin-password'), 'utf8');
    return new RulesEditor(`http://127.0.0.1:${port}`, token.trim());
  }

  async flows(): Promise<readonly FlowNode[]> {
    // An array of nodes by the contract of the API; a test that reads what is not there fails on it.
    return (await (await this.#ask('/flows')).json()) as readonly FlowNode[];
  }

  /** Replaces all flows, and starts them. */
  async deploy(flows: readonly FlowNode[]): Promise<void> {
    const response = await this.#ask('/flows', { method: 'POST', body: JSON.stringify(flows) });
    if (!response.ok) throw new Error(`The deploy was refused: ${response.status} ${await response.text()}`);
  }

  /** @returns the HTTP status of a request that shows `authorization`, or nothing */
  async statusFor(method: 'GET' | 'POST', authorization?: string): Promise<number> {
    const shown = authorization === undefined ? {} : { authorization };
    const headers = { 'content-type': 'application/json', ...shown };
    return (await fetch(`${this.#url}/flows`, { method, headers, ...(method === 'POST' ? { body: '[]' } : {}) }))
      .status;
  }

  /** @returns the HTTP status of a login in the form of the editor */
  async loginStatus(username: string, password: string): Promise<number> {
    const form = { client_id: 'node-red-editor', grant_type: 'password', scope: '*', username, password };
    return (await fetch(`${this.#url}/auth/token`, { method: 'POST', body: new URLSearchParams(form) })).status;
  }

  /** @returns the answer to a login whose body is JSON, with whatever in it */
  login(username: unknown, password: unknown): Promise<Response> {
    const body = { client_id: 'node-red-editor', grant_type: 'password', scope: '*', username, password };
    const headers = { 'content-type': 'application/json' };
    return fetch(`${this.#url}/auth/token`, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  #ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    return fetch(`${this.#url}${path}`, { ...init, headers });
  }
}
