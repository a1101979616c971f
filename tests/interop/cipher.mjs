// The storefront's cipher by WebCrypto: `node cipher.mjs encrypt|decrypt <key as hex>`, standard input to standard output.
// A body is base64 of the IV and the AES-256-CBC ciphertext.
import { webcrypto } from "node:crypto";

const [, , direction, hex] = process.argv;
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const input = Buffer.concat(chunks);
const key = await webcrypto.subtle.importKey("raw", Buffer.from(hex, "hex"), "AES-CBC", false, ["encrypt", "decrypt"]);

if (direction === "encrypt") {
  const iv = webcrypto.getRandomValues(new Uint8Array(16));
  const cipher = await webcrypto.subtle.encrypt({ name: "AES-CBC", iv }, key, input);
  process.stdout.write(Buffer.concat([iv, Buffer.from(cipher)]).toString("base64"));
} else {
  const body = Buffer.from(input.toString("ascii"), "base64");
  const plain = await webcrypto.subtle.decrypt({ name: "AES-CBC", iv: body.subarray(0, 16) }, key, body.subarray(16));
  process.stdout.write(Buffer.from(plain));
}
