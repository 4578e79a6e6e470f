/** What the API of the rules system tells: for the page and for commands. The schemas say what each field means. */
import type { Shape } from '../../../host/schema.ts';
import type { ADDED, CHECKED, LOG, OWN_RULE, RULES, SOURCE } from './schemas.ts';

export type SourceState = Shape<typeof SOURCE>;
export type OwnRuleState = Shape<typeof OWN_RULE>;
export type RulesState = Shape<typeof RULES>;
export type AddedState = Shape<typeof ADDED>;
export type CheckedState = Shape<typeof CHECKED>['checked'][number];
export type RefusalState = Shape<typeof LOG>['refusals'][number];
