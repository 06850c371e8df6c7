import type { Tone } from '../../ui/badge.tsx';

export const tones: Readonly<Record<'pass' | 'flag' | 'redact' | 'block', Tone>> = {
  pass: 'well',
  flag: 'probing',
  redact: 'impaired',
  block: 'failed',
};
