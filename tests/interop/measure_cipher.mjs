// Measures the storefront's cipher by WebCrypto.
//
// A line `encrypt|decrypt <bytes of plaintext> <times>` on standard input is answered by the nanoseconds that it took, one after
// the other. A body is base64 of a random IV and the AES-256-CBC ciphertext, padded.
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { createInterface } from "node:readline";

const { subtle } = webcrypto;
const key = await subtle.generateKey({ name: "AES-CBC", length: 256 }, false, ["encrypt", "decrypt"]);

async function encrypt(plain) {
  const iv = webcrypto.getRandomValues(new Uint8Array(16));
  const cipher = await subtle.encrypt({ name: "AES-CBC", iv }, key, plain);
  return Buffer.concat([iv, Buffer.from(cipher)]).toString("base64");
}

async function decrypt(text) {
  const body = Buffer.from(text, "base64");
  return subtle.decrypt({ name: "AES-CBC", iv: body.subarray(0, 16) }, key, body.subarray(16));
}

for await (const line of createInterface({ input: process.stdin })) {
  const [direction, size, times] = line.split(" ");
  const plain = Buffer.alloc(Number(size), "x");
  const body = await encrypt(plain);
  assert.deepEqual(Buffer.from(await decrypt(body)), plain);
  const [task, given] = direction === "encrypt" ? [encrypt, plain] : [decrypt, body];
  const start = process.hrtime.bigint();
  for (let run = 0; run < Number(times); run += 1) await task(given);
  console.log(String(process.hrtime.bigint() - start));
}
