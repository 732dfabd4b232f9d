// The D1 tables as drizzle knows them.
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { Line } from "./event";

export const sites = sqliteTable("site", {
  id: text().primaryKey(),
  publicKey: text("public_key").notNull().unique(),
  name: text().notNull(),
  hosts: text({ mode: "json" }).$type<string[]>().notNull(),
  zone: text().notNull(),
  webhookSecret: text("webhook_secret").notNull(),
});

export const carts = sqliteTable(
  "cart",
  {
    site: text().notNull().references(() => sites.id),
    id: text().notNull(),
    seq: integer().notNull(),
    state: text({ enum: ["active", "abandoned", "ordered"] }).notNull().default("active"),
    currency: text().notNull().default(""),
    total: integer().notNull().default(0),
    items: integer().notNull().default(0),
    lines: text({ mode: "json" }).$type<Line[]>().notNull().default([]),
    locale: text(),
    zone: text(),
    checkoutStage: text("checkout_stage"),
    emailHash: text("email_hash"),
    day: integer().notNull(),
    createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
    activeAt: integer("active_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.site, table.id] }),
    index("cart_active").on(table.site, table.state, table.activeAt),
  ],
);

export const contacts = sqliteTable(
  "contact",
  {
    site: text().notNull().references(() => sites.id),
    emailHash: text("email_hash").notNull(),
    address: text().notNull(),
    consent: text({ enum: ["express", "soft", "notice", "denied"] }).notNull(),
    consentAt: integer("consent_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.site, table.emailHash] })],
);

export const purchases = sqliteTable(
  "purchase",
  {
    site: text().notNull().references(() => sites.id),
    number: text().notNull(),
    cart: text(),
    status: text({ enum: ["placed", "pending", "failed", "cancelled", "refunded"] }).notNull(),
    total: integer(),
    currency: text(),
    at: integer({ mode: "timestamp_ms" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.site, table.number] })],
);

export type Site = typeof sites.$inferSelect;
