// A plain Worker of the usual libraries that takes events and orders, for the cold start of ours to be held against.
import { zValidator } from "@hono/zod-validator";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import * as z from "zod";

import { collect, order } from "./event";
import { siteById, siteByKey, storeEvent, storeOrder } from "./ingest";
import type { Site } from "./schema";
import { isSessionOf, mintSession, sign, verify } from "./signature";

type Bindings = { DB: D1Database; SETTINGS: KVNamespace; CARTWAKE_ROOT_KEY: string };

const app = new Hono<{ Bindings: Bindings }>();

app.use("/v1/*", cors({ origin: (origin) => origin, allowMethods: ["GET", "POST"], maxAge: 86_400 }));

app.get("/health", async (context) => {
  await drizzle(context.env.DB).run(sql`select 1`);
  return context.json({ ok: true });
});

const bootQuery = z.object({ site: z.string(), visitor: z.string().optional() });
app.get("/v1/boot", zValidator("query", bootQuery), async (context) => {
  const query = context.req.valid("query");
  const site = await siteByKey(drizzle(context.env.DB), query.site);
  if (!site) throw new HTTPException(404, { message: "no site has this key" });
  const settings = await context.env.SETTINGS.get(`site/${site.id}`, "json");
  const session = query.visitor ? await mintSession(context.env.CARTWAKE_ROOT_KEY, site.id, query.visitor) : undefined;
  return context.json({ v: 1, site: site.name, session, settings });
});

/** Refuses a page that is not on one of the site's hosts. */
function requireOrigin(site: Site, origin: string | undefined) {
  if (origin && !site.hosts.includes(new URL(origin).hostname)) {
    throw new HTTPException(403, { message: "this site has no such host" });
  }
}

// Events come as text/plain, so that a page needs no preflight; the body is JSON all the same.
app.post("/v1/collect", async (context) => {
  const parsed = collect.safeParse(JSON.parse(await context.req.text()));
  if (!parsed.success) return context.json({ ok: false, issues: parsed.error.issues }, 400);
  const { data } = parsed;
  const db = drizzle(context.env.DB);
  const site = await siteByKey(db, data.site);
  if (!site) throw new HTTPException(404, { message: "no site has this key" });
  requireOrigin(site, context.req.header("origin"));
  const key = context.env.CARTWAKE_ROOT_KEY;
  const isKnown = data.session ? await isSessionOf(key, data.session, site.id, data.visitor) : false;
  const emailHash = isKnown && data.email ? await sign(key, `${site.id}:${data.email.toLowerCase()}`) : null;
  await storeEvent(db, site, data, emailHash);
  return context.json({ ok: true });
});

const webhookQuery = z.object({ site: z.string() });
app.post("/v1/orders", zValidator("query", webhookQuery), async (context) => {
  const db = drizzle(context.env.DB);
  const site = await siteById(db, context.req.valid("query").site);
  if (!site) throw new HTTPException(404, { message: "no site has this id" });
  const body = await context.req.text();
  const signed = [context.req.header("webhook-id"), context.req.header("webhook-timestamp"), body].join(".");
  const signature = context.req.header("webhook-signature")?.replace("v1,", "") ?? "";
  if (!(await verify(site.webhookSecret.replace("whsec_", ""), signed, signature))) {
    throw new HTTPException(401, { message: "the signature is not that of this site" });
  }
  const parsed = order.safeParse(JSON.parse(body));
  if (!parsed.success) return context.json({ ok: false, issues: parsed.error.issues }, 400);
  await storeOrder(db, site, parsed.data);
  return context.json({ ok: true });
});

app.notFound((context) => context.json({ ok: false, message: "nothing is here" }, 404));
app.onError((error, context) => {
  if (error instanceof HTTPException) return context.json({ ok: false, message: error.message }, error.status);
  console.error(error);
  return context.json({ ok: false, message: "something went wrong" }, 500);
});

export default app;
