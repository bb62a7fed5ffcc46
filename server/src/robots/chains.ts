import type { Robot } from './robot.ts';

/**
 * The chains of a stage's robots, as indexes of its enabled robots. A robot «после предыдущего» joins the chain of the enabled
 * robot above it, so a disabled one is transparent; any other robot starts a chain, as does the first one.
 */
export function chainsOf(robots: readonly Pick<Robot, 'after' | 'enabled'>[]): number[][] {
  const chains: number[][] = [];
  robots.forEach((robot, index) => {
    if (!robot.enabled) return;
    const chain = chains.at(-1);
    if (robot.after === 'previous' && chain) chain.push(index);
    else chains.push([index]);
  });
  return chains;
}
