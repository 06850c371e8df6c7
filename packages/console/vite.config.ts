import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npm run dev` finds a gateway; `--mode demo` needs none. */
const ADMIN = 'http://127.0.0.1:8081';

export default defineConfig({
  plugins: [react()],
  // The contract is read from source, as everything in the workspace.
  resolve: { conditions: ['vitalgate-source', 'module', 'browser', 'development|production'] },
  build: {
    target: 'es2024',
    // The content policy allows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: 'manifest.json',
  },
  server: { proxy: { '/api': ADMIN } },
});
