import type { Role } from '@vitalgate/contract/api/client';
import { createContext, use } from 'react';
import type { Session } from '../api/types.ts';

const SessionContext = createContext<Session | undefined>(undefined);
export const SessionProvider = SessionContext.Provider;

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === undefined) throw new TypeError('useSession: expected a SessionProvider above');
  return session;
}

const operators: ReadonlySet<Role> = new Set(['owner', 'operator']);
const keyMakers: ReadonlySet<Role> = new Set(['owner', 'operator', 'member']);

/** Whether to offer what only operators may; the server decides, this spares a refusal. */
export const useMayOperate = (): boolean => operators.has(useSession().role);
export const useMayMakeKeys = (): boolean => keyMakers.has(useSession().role);
