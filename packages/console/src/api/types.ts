/** Names for what the contract's endpoints tell. */
import type { Answer, EventData } from '@vitalgate/contract/api/client';

export type Overview = Answer<'GET /api/overview'>;
export type Target = Answer<'GET /api/targets'>['items'][number];
export type TargetState = Target['state'];
export type Status = Target['status'];
export type Why = Answer<'GET /api/targets/{id}'>;
export type Receipt = Answer<'GET /api/requests/{id}'>;
export type Outcome = Receipt['outcome'];
export type Session = Answer<'GET /api/session'>;
export type Pulse = EventData<'pulse'>;
export type TrafficPoint = Answer<'GET /api/traffic'>['points'][number];
export type Key = Answer<'GET /api/keys/{id}'>;
export type KeyLimit = Key['limits'][number];
export type Team = Answer<'GET /api/teams/{id}'>;
export type LimitState = Answer<'GET /api/limits'>['items'][number];
export type User = Answer<'GET /api/users/{id}'>;
export type AdminToken = Answer<'GET /api/admin-tokens'>['items'][number];
export type AuditEntry = Answer<'GET /api/audit'>['items'][number];
export type Drill = Answer<'GET /api/drills/{id}'>;
export type Incident = Answer<'GET /api/incidents/{id}'>;
export type Uptime = Answer<'GET /api/health/uptime'>['items'][number];
export type StatusPage = Answer<'GET /api/status-page'>;
export type Provider = Answer<'GET /api/providers/{name}'>;
export type ModelRoute = Answer<'GET /api/models/{name}'>;
export type UsageRow = Answer<'GET /api/usage'>['total'];
export type Configuration = Answer<'GET /api/configuration'>;
export type Difference = Answer<'POST /api/configuration/validate'>['differences'][number];
