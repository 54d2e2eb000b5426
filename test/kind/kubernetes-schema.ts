import * as client from '@kubernetes/client-node';

/** An object of a manifest. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
}

/** Where kubernetes-models keeps a kind's JSON schema, compiled from Kubernetes' OpenAPI document. */
const GROUPS: Readonly<Record<string, string>> = {
  v1: 'CoreV1',
  'apps/v1': 'AppsV1',
  'networking.k8s.io/v1': 'NetworkingV1',
  'policy/v1': 'PolicyV1',
  'rbac.authorization.k8s.io/v1': 'RbacV1',
};

interface SchemaError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: unknown;
}
type Validate = ((data: unknown) => boolean) & { readonly errors?: readonly SchemaError[] | null };

/** What is wrong with it by Kubernetes' schema: missing keys, wrong types and formats, and keys that there are not. */
export async function problemsOf(manifest: Manifest): Promise<readonly string[]> {
  const { apiVersion, kind } = manifest;
  const group = GROUPS[apiVersion];
  if (group === undefined) return [`${apiVersion}: not a group that the farm uses`];
  const { validate } = (await import(`kubernetes-models/_schemas/IoK8sApi${group}${kind}`)) as { validate: Validate };
  const invalid = validate(manifest)
    ? []
    : (validate.errors ?? []).map(
        ({ instancePath, keyword, params }) => `${instancePath}: ${keyword} ${JSON.stringify(params)}`,
      );
  return [...invalid, ...unknownKeys(manifest, `V1${kind}`, '')];
}

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}

/** The schemas allow any further key; the API's client knows which there are. `path` is where `value` stands, for messages. */
export function unknownKeys(value: unknown, type: string, path: string): readonly string[] {
  const items = /^Array<(.*)>$/.exec(type)?.[1];
  if (items !== undefined)
    return (Array.isArray(value) ? value : []).flatMap((item: unknown, i) => unknownKeys(item, items, `${path}/${i}`));
  const known = attributesOf(type);
  if (known === null || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const attribute = known.find(({ baseName }) => baseName === key);
    return attribute === undefined
      ? [`${path}/${key}: no such key`]
      : unknownKeys(inner, attribute.type, `${path}/${key}`);
  });
}

/** Null where a type is no model of the client: a string, a map of whatever keys. */
function attributesOf(type: string): readonly Attribute[] | null {
  const model = (client as unknown as Record<string, { getAttributeTypeMap?: () => Attribute[] } | undefined>)[type];
  return model?.getAttributeTypeMap?.() ?? null;
}
