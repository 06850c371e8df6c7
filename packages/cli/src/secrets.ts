import { readConfiguration, rotateSecrets } from '@vitalgate/gateway';

interface RotateFlags {
  readonly config?: string;
  readonly json?: boolean;
}

/** `vitalgate secrets rotate` */
export async function rotateKey(flags: RotateFlags): Promise<void> {
  const { store } = await readConfiguration(flags.config, process.env);
  const { rotated, kept } = await rotateSecrets(store, process.env);
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ rotated, kept })}\n`
      : `${rotated} secrets are encrypted with the new key; ${kept} were before\n`,
  );
}
