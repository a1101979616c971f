// The work by undici: see `benches/examples/clients/main.rs`, which says what it is and how it is started. Answers are plain objects; nothing
// checks their shape.

import { once } from "node:events";
import { Pool } from "undici";

const PAGE = 1000;
const AT_ONCE = 8;

const { CONGA_BASE_URI, CONGA_TOKEN_URI, CONGA_CLIENT_ID, CONGA_CLIENT_SECRET } = process.env;

const pool = new Pool(CONGA_BASE_URI, {
  connections: AT_ONCE,
  connect: { timeout: 10_000 },
  headersTimeout: 60_000,
  bodyTimeout: 60_000,
});
const root = "/api/data/v1";
const headers = { "content-type": "application/json" };

function fail(problem) {
  console.error(problem);
  process.exit(1);
}

async function send(method, path, body) {
  const answer = await pool.request({ method, path: root + path, headers, body });
  const envelope = await answer.body.json();
  if (answer.statusCode >= 300 || !envelope.Success) fail(`${method} ${path}: ${answer.statusCode}`);
  return envelope;
}

async function signIn() {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: CONGA_CLIENT_ID,
    client_secret: CONGA_CLIENT_SECRET,
  });
  const answer = await pool.request({
    method: "POST",
    path: new URL(CONGA_TOKEN_URI).pathname,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: form.toString(),
  });
  headers.authorization = `Bearer ${(await answer.body.json()).access_token}`;
}

const contact = (number) => ({
  ExternalId: `X-${number}`,
  FirstName: "Ann",
  LastName: `Lee ${number}`,
  Email: `ann.lee.${number}@example.com`,
  Title: "Buyer",
});

/** Which of the numbered accounts came by. */
class Seen {
  constructor(count) {
    this.numbers = new Uint8Array(count);
    this.count = 0;
  }

  add(account) {
    const number = Number(account.Id.slice(-12));
    const isWhole =
      account.AnnualRevenue === number &&
      account.IsActive === (number % 2 === 0) &&
      account.Name && account.ExternalId && account.Industry && account.Site && account.Description;
    if (!isWhole || this.numbers[number] !== 0) fail(`account ${number} is not as it was, or came twice`);
    this.numbers[number] = 1;
    this.count += 1;
  }
}

const get = async (number) => (await send("GET", `/Account/00000000-0000-4000-8000-${String(number).padStart(12, "0")}`)).Data;

const jobs = {
  async get(count) {
    const seen = new Seen(count);
    for (let number = 0; number < count; number += 1) seen.add(await get(number));
    return seen.count;
  },

  async list(count) {
    const seen = new Seen(count);
    for (let number = 1, more = true; more; number += 1) {
      const page = await send("GET", `/Account?pageSize=${PAGE}&pageNumber=${number}`);
      page.Data.forEach((account) => seen.add(account));
      more = page.HasMoreRecords;
    }
    return seen.count;
  },

  async create(count) {
    const ids = new Set();
    let next = 0;
    const worker = async () => {
      while (next < count) ids.add((await send("POST", "/Contact", JSON.stringify(contact(next++)))).Data);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return ids.size;
  },
};

const [job, count] = [process.argv[2], Number(process.argv[3])];
await signIn();
await get(0);
process.stdout.write("ready\n");
await once(process.stdin, "data");
const done = await jobs[job](count);
if (done !== count) fail(`${done} of ${count} done`);
process.stdout.write("done\n");
process.stdin.resume();
await once(process.stdin, "end");
await pool.close();
