import { Failure } from '@vitalgate/contract';
import type { ApiAdmitted } from '../request/exchange.ts';

/** @throws {Failure} `api_denied` */
export function mayUse({ key, receipt, matched: { api } }: ApiAdmitted): void {
  receipt.model = api.name;
  if (key?.apis !== undefined && !key.apis.has(api.name)) {
    throw new Failure('api_denied', 'this key may not use this API');
  }
}
