// Builds the page into ../dist, which the Rust server embeds and git keeps: the same input gives the
// same bytes. `npm run dev` serves it from here and passes the API on to a running backend.
import { defineConfig } from "vite";

const backend = process.env.BACKEND_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  build: {
    outDir: process.env.OUT_DIR ?? "../dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { port: 5173, proxy: { "/api": backend } },
});
