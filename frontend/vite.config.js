// Build the pages' styles and scripts into static/dist, with a manifest for kernel/web/assets.py.
import { defineConfig } from "vite";

export default defineConfig({
  base: "/static/dist/",
  publicDir: false,
  build: {
    outDir: "../static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    sourcemap: false,
    // The charts of a job are one library, fetched on that page alone; sizes.js holds its budget.
    chunkSizeWarningLimit: 600,
    // Data addresses and the preload polyfill (an inline script) would break the content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      // htmx keeps an eval that our htmx-config forbids, and the content policy with it.
      checks: { eval: false },
      input: {
        theme: "src/js/theme.js",
        app: "src/js/app.js",
        work: "src/js/work.js",
      },
    },
  },
});
