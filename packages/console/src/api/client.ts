import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { createContext, use } from 'react';

/** Of the page that the admin listener serves: same origin, known by its cookie. */
export const ownClient = (): ApiClient => createClient();

const Client = createContext<ApiClient | undefined>(undefined);
export const ClientProvider = Client.Provider;

export function useClient(): ApiClient {
  const client = use(Client);
  if (client === undefined) throw new TypeError('useClient: expected a ClientProvider above');
  return client;
}
