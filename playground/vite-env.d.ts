/// <reference types="vite/client" />

/** Address of stored predictions in a smaller file: see compact-predictions.ts. */
declare module '*.safetensors?compact' {
  const url: string;
  export default url;
}
