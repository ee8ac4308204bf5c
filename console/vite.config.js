import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  base: './',
  // The server puts a fresh nonce in this place each time it serves the page: see src/http/console-files.ts.
  html: { cspNonce: 'CSP_NONCE' },
  build: {
    target: 'es2023',
    // The content security policy allows no data: URLs for scripts and fonts, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
  // `npx vite console` serves the page with hot reload against a Rollcall that runs on its usual port.
  server: { proxy: { '/api': 'http://127.0.0.1:7070' } },
});
