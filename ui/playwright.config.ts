import { defineConfig } from "@playwright/test";

/** The built pages in a real browser, with the app played by a script: how every state looks, and how it reads aloud. */
export default defineConfig({
  testDir: "looks",
  outputDir: "looks/out/traces",
  reporter: process.env.CI ? "dot" : "line",
  workers: 1,
  // Machines may be slow.
  timeout: 180_000,
  expect: { timeout: 60_000 },
  use: {
    baseURL: "http://localhost",
    viewport: { width: 360, height: 520 },
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] },
  },
});
