import type { CaptureConfig } from '@vitalgate/contract';

/** Whether what goes on there is kept: all of it, or no more than what the configuration names. */
export function isKept(
  capture: CaptureConfig,
  section: 'models' | 'apis' | 'prompts',
  name: string,
): boolean {
  const { models, apis, prompts } = capture;
  const isNamed = (models ?? apis ?? prompts) !== undefined;
  return !isNamed || capture[section]?.includes(name) === true;
}
