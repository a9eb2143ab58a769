// A client in TypeScript: its types are made of the document, and `tsc --strict` checks what it does with them.

import createClient from "openapi-fetch";
import type { components, paths } from "./world.js";

declare const process: { argv: string[] };

const baseUrl = process.argv[2];
const stranger = createClient<paths>({ baseUrl });
const tokens = await stranger.POST("/api/token/", { body: { username: "editor", password: "editor-demo" } });
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${tokens.data?.access}` } });

const page = await client.GET("/api/cities/", { params: { query: { "country!": "CN", population__gte: 12000000 } } });
const rows: components["schemas"]["CityList"][] = page.data?.results ?? [];
const body = { name: " ", country: "NO", timezone: "Europe/Oslo", population: 12, latitude: "59.91", longitude: "10.75" };
const refused = await client.POST("/api/cities/", { body });
const envelope: components["schemas"]["ErrorEnvelope"] | undefined = refused.error;
const made = await client.POST("/api/cities/", { body: { ...body, name: "Oslo-by" } });
const city: components["schemas"]["City"] | undefined = made.data;

console.log(JSON.stringify([rows.map((row) => row.country), envelope?.error.code, city?.location.latitude]));
