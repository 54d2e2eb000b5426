import { findPolicy } from '#autoscaler/policy/catalogue.ts';
import { policyContract } from '../../contract/policy.ts';

policyContract('reactive-average', (options) => findPolicy('reactive-average', options));
policyContract('reactive-maximum', (options) => findPolicy('reactive-maximum', options));
policyContract('static-N', (options) => findPolicy(`static-${options.minWorkers}`, options));
