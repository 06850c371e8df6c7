import { z } from 'zod';
import { known, name } from './fields.ts';

/** What signs requests for AWS (AWS General Reference, "Signature Version 4"). */
export interface AwsKey {
  readonly accessKeyId: string;
  /** Of temporary credentials. */
  readonly sessionToken: string | undefined;
  /** Undefined where the host's name tells it. */
  readonly region: string | undefined;
}

/** One credential of a provider, in one of three forms. */
export interface CredentialConfig {
  readonly name: string;
  /** The secret: a key or token, AWS's secret access key, or Google's whole key file. */
  readonly value: string;
  readonly aws?: AwsKey;
  /** `value` is the key file of a service account, JSON, from which tokens are made. */
  readonly isServiceAccount?: true;
}

const text = z.string().min(1, { error: 'expected a credential, found nothing' });

const FORMS =
  'expected value, or accessKeyId with secretAccessKey, or serviceAccount, and only one of them';

/** A key or token; an access key of AWS; a service account of Google. */
export const credential = known({
  name,
  value: text.optional(),
  accessKeyId: text.optional(),
  secretAccessKey: text.optional(),
  sessionToken: z.string().optional(),
  region: z
    .string()
    .regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, { error: 'expected a region such as us-east-1' })
    .optional(),
  serviceAccount: text.optional(),
}).transform((told, context): CredentialConfig => {
  const { value, accessKeyId, secretAccessKey, sessionToken, region, serviceAccount } = told;
  const isAws = accessKeyId !== undefined && secretAccessKey !== undefined;
  const isPartly = [accessKeyId, secretAccessKey, sessionToken, region].some(
    (one) => one !== undefined,
  );
  const forms = [value !== undefined, isPartly, serviceAccount !== undefined];
  if (forms.filter(Boolean).length !== 1 || isPartly !== isAws) {
    context.addIssue({ code: 'custom', message: FORMS });
    return z.NEVER;
  }
  if (isAws) {
    // The environment's empty variable says that there is none.
    const token = sessionToken === '' ? undefined : sessionToken;
    return {
      name: told.name,
      value: secretAccessKey,
      aws: { accessKeyId, sessionToken: token, region },
    };
  }
  if (serviceAccount === undefined) return { name: told.name, value: value ?? '' };
  if (!isKeyFile(serviceAccount)) {
    context.addIssue({
      code: 'custom',
      message:
        'expected the JSON of a service account’s key, with type service_account, client_email and private_key',
      path: ['serviceAccount'],
    });
    return z.NEVER;
  }
  return { name: told.name, value: serviceAccount, isServiceAccount: true };
});

const keyFile = z.looseObject({
  type: z.literal('service_account'),
  client_email: z.string().min(1),
  private_key: z.string().startsWith('-----BEGIN'),
});

function isKeyFile(json: string): boolean {
  try {
    return keyFile.safeParse(JSON.parse(json)).success;
  } catch {
    return false;
  }
}
