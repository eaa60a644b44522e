// A client of the card station for web pages: no dependency, no build step.
// Types: station.d.ts. One method for each operation of the OpenAPI document, named after it.
import { OPERATIONS } from "./operations.js";

const PREFIX = "/api/v1";
const AGAIN = 1000; // milliseconds before a request is sent again
const PAIRING_EVERY = 2000; // milliseconds between two questions whether a person has confirmed

export class StationError extends Error {
  constructor(status, problem, headers) {
    super(problem.title || `HTTP ${status}`);
    this.name = "StationError";
    this.status = status;
    this.code = problem.code || (status ? "station-error" : "no-answer");
    this.remedy = problem.remedy || "";
    this.fields = problem.fields || [];
    const after = headers && headers.get("Retry-After");
    this.retryAfter = after ? Number(after) : null;
    this.seen = (headers && headers.get("ETag")) || null;
  }
}

export class Station {
  constructor({ address, token = "", tries = 3 }) {
    this.address = address.replace(/\/+$/, "");
    this.token = token;
    this.tries = tries;
    this.seen = new Map();
  }

  async pair(show, signal) {
    const asked = await this.askForPairing();
    show(asked.code);
    for (;;) {
      await pause(PAIRING_EVERY, signal);
      const now = await this.getPairing(asked.id);
      if (now.paired) {
        this.token = now.token;
        return now.token;
      }
    }
  }

  async events(handle, { after, signal } = {}) {
    let last = after;
    while (!(signal && signal.aborted)) {
      try {
        last = await this.#stream(handle, last, signal);
      } catch (error) {
        if (signal && signal.aborted) return;
        if (error instanceof StationError && error.status >= 400 && error.status < 500) throw error;
      }
      await pause(AGAIN, signal).catch(() => {});
    }
  }

  async #stream(handle, after, signal) {
    const headers = this.#headers();
    if (after !== undefined) headers["Last-Event-ID"] = String(after);
    const answer = await fetch(`${this.address}${PREFIX}/events`, { headers, signal });
    if (!answer.ok) throw await refusal(answer);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    let last = after;
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return last;
      const blocks = (rest + value).replace(/\r\n?/g, "\n").split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const data = block.split("\n").filter((line) => line.startsWith("data:"));
        if (!data.length) continue;
        const event = JSON.parse(data.map((line) => line.slice(5).trimStart()).join("\n"));
        last = event.seq ?? event.last_seq ?? last;
        handle(event);
      }
    }
  }

  #headers() {
    return this.token ? { Authorization: `Bearer ${this.token}` } : {};
  }

  // A POST always carries a key, so an answer that was lost is asked for again without doing
  // anything twice.
  async call(method, path, { query = {}, body, key, seen, answer = "json" } = {}) {
    const address = new URL(`${this.address}${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null) address.searchParams.set(name, String(value));
    }
    const headers = this.#headers();
    if (method === "POST") headers["Idempotency-Key"] = key || newKey();
    if (seen) headers["If-Match"] = seen;
    const sent = { method, headers, cache: "no-store" };
    if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      sent.body = JSON.stringify(body);
    }
    for (let left = this.tries - 1; ; left -= 1) {
      let found;
      try {
        found = await fetch(address, sent);
      } catch (error) {
        if (left <= 0) throw new StationError(0, { title: String(error) }, null);
        await pause(AGAIN);
        continue;
      }
      if (found.ok) return this.#taken(found, answer);
      const refused = await refusal(found);
      const under = refused.status === 409 && refused.code === "request-under-way";
      const busy = refused.status === 503 || refused.status === 429;
      const later = busy && refused.retryAfter !== null;
      if (left <= 0 || !(under || later)) throw refused;
      await pause(Math.min(refused.retryAfter ?? 1, 30) * 1000);
    }
  }

  async #taken(found, answer) {
    if (answer === "nothing") return undefined;
    if (answer === "file") return found.blob();
    const value = await found.json();
    const etag = found.headers.get("ETag");
    if (etag && value && value.id) this.seen.set(value.id, etag);
    return value;
  }
}

for (const [name, row] of Object.entries(OPERATIONS)) {
  const [method, path, inPath, hasBody, inQuery, headers, answer] = row;
  Station.prototype[name] = function operation(...given) {
    let address = path;
    for (const part of inPath) {
      address = address.replace(`{${part}}`, encodeURIComponent(given.shift()));
    }
    const body = hasBody ? given.shift() : undefined;
    const options = given.shift() || {};
    const query = Object.fromEntries(inQuery.map((one) => [one, options[one]]));
    const told = Object.fromEntries(headers.map((one) => [one, options[one]]));
    return this.call(method, address, { query, body, ...told, answer });
  };
}

async function refusal(answer) {
  let problem = {};
  try {
    problem = await answer.json();
  } catch {
    problem = {};
  }
  return new StationError(answer.status, problem, answer.headers);
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    if (signal) {
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }
  });
}
