import { defineConfig } from "@playwright/test";

/** The built pages in a real browser, with the app played by a script: how every state looks, and how it reads aloud. */
export default defineConfig({
  testDir: "looks",
  outputDir: "looks/out/traces",
  reporter: "line",
  workers: 1,
  // Machines may be slow.
  timeout: 180_000,
  expect: { timeout: 60_000 },
  use: {
    baseURL: "http://localhost:4173",
    viewport: { width: 360, height: 520 },
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] },
  },
  webServer: { command: "npx vite preview --port 4173 --strictPort", url: "http://localhost:4173/popover.html", reuseExistingServer: false },
});
