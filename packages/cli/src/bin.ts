#!/usr/bin/env node
/**
 * Looks at Node's version before anything is imported: the dependencies do not even load on an old
 * one, and a stack trace would hide the one thing that has to be said.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(
    `Vitalgate needs Node 24.15 or newer and found ${process.versions.node}; in a checkout, "npm ci" brings it.\n`,
  );
  process.exitCode = 1;
} else {
  const { run } = await import('./program.ts');
  await run(process.argv);
}

export {};
