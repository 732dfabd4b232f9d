// HMAC-SHA-256 by Web Crypto: session tokens, hashed addresses, signed webhooks.

const encoder = new TextEncoder();

async function importKey(bytes: Uint8Array) {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function base64Of(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

/** The signature of a text under a base64 key, in base64. */
export async function sign(secret: string, text: string): Promise<string> {
  return base64Of(await crypto.subtle.sign("HMAC", await importKey(bytesOf(secret)), encoder.encode(text)));
}

/** Whether the signature is that of the text; compared in constant time. */
export async function verify(secret: string, text: string, signature: string): Promise<boolean> {
  const key = await importKey(bytesOf(secret));
  return crypto.subtle.verify("HMAC", key, bytesOf(signature), encoder.encode(text));
}

/** A token that binds a browser to a site. */
export async function mintSession(secret: string, site: string, visitor: string): Promise<string> {
  const body = `s1.${site}.${visitor}.${Date.now()}`;
  return `${body}.${await sign(secret, body)}`;
}

/** Whether the token was minted here for this site and browser. */
export async function isSessionOf(secret: string, token: string, site: string, visitor: string): Promise<boolean> {
  const end = token.lastIndexOf(".");
  const [kind, ofSite, ofVisitor] = token.split(".");
  if (kind !== "s1" || ofSite !== site || ofVisitor !== visitor) return false;
  return verify(secret, token.slice(0, end), token.slice(end + 1));
}
