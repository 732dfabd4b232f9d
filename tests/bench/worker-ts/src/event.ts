// The collect event and the shop's order, as zod checks them (docs/reference/wire.md).
import * as z from "zod";

const amount = z.number().int().min(0).max(1_000_000_000_000);
const currency = z.string().regex(/^[A-Z]{3}$/);
const ulid = z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
const text = z.string().max(300);

const line = z.object({
  product: z.string().min(1).max(200),
  variant: text.default(""),
  sku: text.default(""),
  options: text.default(""),
  name: text.default(""),
  quantity: z.number().int().min(1).max(1_000_000),
  price: amount.optional(),
  url: z.union([z.literal(""), z.url()]).default(""),
  image: z.union([z.literal(""), z.url()]).default(""),
});

const snapshot = z.object({
  currency,
  total: amount.optional(),
  lines: z.array(line).max(100),
  token: text.optional(),
});

const consent = z.object({
  tracking: z.enum(["granted", "denied"]).optional(),
  mail: z.enum(["express", "soft", "notice", "denied"]).optional(),
  wording: text.optional(),
  source: z.enum(["box", "notice", "shop-box", "api", "consent-mode", "cmp", "gpc"]).optional(),
});

export const collect = z.object({
  v: z.literal(1),
  site: z.string().startsWith("pk_").max(80),
  session: z.string().max(400).optional(),
  visitor: ulid,
  cart: z.number().int().min(1),
  seq: z.number().int().min(1),
  id: z.string().min(8).max(40),
  age: z.number().int().default(0),
  snapshot: snapshot.optional(),
  email: z.email().max(254).optional(),
  consent: consent.optional(),
  via: text.optional(),
  customer: text.optional(),
  context: z
    .object({
      locale: text.optional(),
      zone: text.optional(),
      step: text.optional(),
      page: z.url().optional(),
      bot: z.boolean().default(false),
    })
    .prefault({}),
});

export const order = z.object({
  order: z.string().min(1).max(100),
  status: z.enum(["placed", "pending", "failed", "cancelled", "refunded"]),
  cart: text.optional(),
  total: amount.optional(),
  currency: currency.optional(),
});

export type Collect = z.infer<typeof collect>;
export type Line = z.infer<typeof line>;
export type Order = z.infer<typeof order>;
