import { asShelfPolicy, type PolicyShelf } from '#autoscaler/model-store/policy-shelf.ts';
import { findPolicy } from '#autoscaler/policy/catalogue.ts';

/** The catalogue alone, without any trained model. */
export const rules: PolicyShelf = {
  find: async (name, options) => asShelfPolicy(findPolicy(name, options)),
  models: async () => [],
};
