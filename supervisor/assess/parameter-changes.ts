import type { Json, JsonObject } from '../../spec-schema/build-spec.ts';
import type { ParameterChange } from './cause.ts';

/** Pure: how the parameters of a step differ, each that does. */
export function parameterChanges(before: JsonObject, now: JsonObject): readonly ParameterChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((parameter) => {
    const [was, is] = [before[parameter], now[parameter]];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    return [
      {
        parameter,
        ...(was === undefined ? {} : { before: was }),
        ...(is === undefined ? {} : { now: is }),
        ...listChange(was, is),
      },
    ];
  });
}

/** Of two lists, one of which may be absent, what one has more than the other. */
function listChange(before: Json | undefined, now: Json | undefined): Pick<ParameterChange, 'added' | 'removed'> {
  const [was, is] = [entries(before), entries(now)];
  if (was === undefined || is === undefined) return {};
  return { added: is.filter((each) => !was.includes(each)), removed: was.filter((each) => !is.includes(each)) };
}

function entries(value: Json | undefined): readonly string[] | undefined {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return undefined;
  return value.map((each: Json) => (typeof each === 'string' ? each : JSON.stringify(each)));
}
