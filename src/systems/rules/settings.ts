/** The settings section of the rules system. */
import { setting, type Shape, Type } from '../../host/schema.ts';

export const SETTINGS = Type.Object({
  refreshHours: setting(
    Type.Integer({ minimum: 1, maximum: 720 }),
    24,
    'Lists are read again after so many hours.',
  ),
});

export type RulesSettings = Shape<typeof SETTINGS>;
