// An event is folded into its cart, an order into its purchase: one upsert each, and one for the contact.
import { and, eq, lt, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";

import type { Collect, Order } from "./event";
import { carts, contacts, purchases, sites, type Site } from "./schema";

/** The site of a public key, if there is one. */
export async function siteByKey(db: DrizzleD1Database, key: string): Promise<Site | undefined> {
  return db.select().from(sites).where(eq(sites.publicKey, key)).get();
}

/** The site of an id, if there is one. */
export async function siteById(db: DrizzleD1Database, id: string): Promise<Site | undefined> {
  return db.select().from(sites).where(eq(sites.id, id)).get();
}

/** The calendar day in a time zone as a number, 20260228. */
function dayIn(zone: string, at: Date): number {
  const digits = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  return Number(new Intl.DateTimeFormat("en-CA", { timeZone: zone, ...digits }).format(at).replaceAll("-", ""));
}

/** Writes the cart unless a later event of it came before, and the contact where an address may be kept. */
export async function storeEvent(db: DrizzleD1Database, site: Site, event: Collect, emailHash: string | null) {
  const now = new Date();
  const lines = event.snapshot?.lines ?? [];
  const content = event.snapshot && {
    currency: event.snapshot.currency,
    total: event.snapshot.total ?? lines.reduce((sum, line) => sum + (line.price ?? 0) * line.quantity, 0),
    items: lines.reduce((sum, line) => sum + line.quantity, 0),
    lines,
  };
  const known = {
    seq: event.seq,
    ...content,
    locale: event.context.locale ?? null,
    zone: event.context.zone ?? null,
    checkoutStage: event.context.step ?? null,
    activeAt: now,
  };
  const cart = db
    .insert(carts)
    .values({
      site: site.id,
      id: `${event.visitor}-${event.cart}`,
      day: dayIn(site.zone, now),
      createdAt: now,
      emailHash,
      ...known,
    })
    .onConflictDoUpdate({
      target: [carts.site, carts.id],
      set: { ...known, state: "active", emailHash: sql`coalesce(excluded.email_hash, ${carts.emailHash})` },
      setWhere: lt(carts.seq, event.seq),
    });
  if (!event.email || !emailHash || !event.consent?.mail) return db.batch([cart]);
  const contact = db
    .insert(contacts)
    .values({ site: site.id, emailHash, address: event.email, consent: event.consent.mail, consentAt: now })
    .onConflictDoUpdate({
      target: [contacts.site, contacts.emailHash],
      set: { consent: event.consent.mail, consentAt: now },
    });
  return db.batch([cart, contact]);
}

/** Writes the order and closes its cart. */
export async function storeOrder(db: DrizzleD1Database, site: Site, order: Order) {
  const values = {
    cart: order.cart ?? null,
    status: order.status,
    total: order.total ?? null,
    currency: order.currency ?? null,
    at: new Date(),
  };
  const purchase = db
    .insert(purchases)
    .values({ site: site.id, number: order.order, ...values })
    .onConflictDoUpdate({ target: [purchases.site, purchases.number], set: values });
  if (!order.cart || order.status !== "placed") return db.batch([purchase]);
  const cart = db
    .update(carts)
    .set({ state: "ordered" })
    .where(and(eq(carts.site, site.id), eq(carts.id, order.cart)));
  return db.batch([purchase, cart]);
}
