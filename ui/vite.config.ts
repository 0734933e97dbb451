import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

const page = (name: string) => fileURLToPath(new URL(`./${name}.html`, import.meta.url));

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  build: {
    // The oldest web view that the app meets: macOS 14 has Safari 17, WebKitGTK is newer.
    target: "safari17",
    // One page per window.
    rollupOptions: { input: { popover: page("popover"), transcripts: page("transcripts"), voices: page("voices"), settings: page("settings"), welcome: page("welcome") } },
    // The policy allows no inline script, so none may be written.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: { strictPort: true },
  // Machines may be slow; a test waits for what it waits for.
  test: { environment: "jsdom", include: ["src/**/*.test.ts"], setupFiles: ["src/lib/patience.ts"], testTimeout: 120_000 },
});
