/** Which C++ classes travel by address though the source passes them by value (Itanium C++ ABI, 3.1.2.3). */
import { AT, TAG } from './constants.js';
import type { Entry } from './entry.js';
import { childrenOf } from './entry.js';
import { bareType, definitionOf, isIncomplete } from './type-reader.js';

/** DW_AT_calling_convention of a class (DWARF 5, table 7.15); Clang writes it, GCC does not. */
const CC_PASS_BY_REFERENCE = 4;
const CC_PASS_BY_VALUE = 5;
/** DW_AT_containing_type: the class has virtual functions. DW_AT_defaulted: `= default`. */
const AT_containingType = 0x1d;
const AT_defaulted = 0x8b;

const DEEPEST_NESTING = 8;
const CLASSES: ReadonlySet<number> = new Set([TAG.structureType, TAG.classType]);
const isRelevant = (tag: number): boolean =>
  tag === TAG.subprogram || tag === TAG.member || tag === TAG.inheritance;

/**
 * Is a value of this type passed and returned by address? Classes are, whose copy constructor or
 * destructor does more than copy bytes.
 *
 * @param type without typedefs and qualifiers
 */
export function isPassedByReference(type: Entry | undefined, depth = 0): boolean {
  if (type === undefined || !CLASSES.has(type.tag) || depth > DEEPEST_NESTING) return false;
  // Clang leaves out classes with constructors or virtual functions of their own, and std::string.
  if (isIncomplete(type)) return true;
  const definition = definitionOf(type);
  const convention = definition.number(AT.callingConvention);
  if (convention === CC_PASS_BY_REFERENCE) return true;
  if (convention === CC_PASS_BY_VALUE) return false;
  if (definition.has(AT_containingType)) return true;
  return childrenOf(definition, isRelevant).some((child) =>
    child.tag === TAG.subprogram
      ? isOwnCopyOrDestructor(child, definition)
      : !isStatic(child) &&
        isPassedByReference(bareType(child.reference(AT.type)).entry, depth + 1),
  );
}

function isStatic(member: Entry): boolean {
  return member.flag(AT.external) || member.flag(AT.declaration);
}

/** Written by the programmer, not made by the compiler. */
function isOwnCopyOrDestructor(method: Entry, owner: Entry): boolean {
  if (method.flag(AT.artificial) || method.has(AT_defaulted)) return false;
  const name = method.text(AT.name) ?? '';
  if (name.startsWith('~')) return true;
  if (name !== (owner.text(AT.name) ?? '').replace(/<.*/s, '')) return false;
  const parameters = childrenOf(method, (tag) => tag === TAG.formalParameter);
  const first = parameters.find((each) => !each.flag(AT.artificial));
  const reference = bareType(first?.reference(AT.type)).entry;
  if (reference?.tag !== TAG.referenceType && reference?.tag !== TAG.rvalueReferenceType)
    return false;
  return bareType(reference.reference(AT.type)).entry?.isSame(owner) === true;
}
