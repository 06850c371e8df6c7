import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { I18nextProvider } from 'react-i18next';
import { ClientProvider, ownClient } from './api/client.ts';
import './app/mantine.css';
import './app/theme.css';
import { texts } from './app/i18n.ts';
import { createQueries } from './app/queries.ts';
import { createConsoleRouter } from './app/router.tsx';
import { Themed } from './app/themed.tsx';

/** The demonstration needs no gateway: the contract's mock answers. Other builds leave it out. */
const client =
  import.meta.env.MODE === 'demo' ? (await import('./app/demo.ts')).demoClient() : ownClient();
const queries = createQueries(() => void router.invalidate());
const router = createConsoleRouter({ client, queries });
const root = document.getElementById('root');

if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <I18nextProvider i18n={texts()}>
        <Themed>
          <QueryClientProvider client={queries}>
            <ClientProvider value={client}>
              <RouterProvider router={router} />
            </ClientProvider>
          </QueryClientProvider>
        </Themed>
      </I18nextProvider>
    </StrictMode>,
  );
}
