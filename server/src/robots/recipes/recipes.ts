import { oneStage } from './one-stage.ts';
import type { Recipe } from './recipe.ts';
import { severalStages } from './several-stages.ts';

/** The recipes by id, in the order they are shown. */
export const recipes: ReadonlyMap<string, Recipe> = new Map(
  [oneStage, severalStages].map((recipe) => [recipe.id, recipe]),
);
