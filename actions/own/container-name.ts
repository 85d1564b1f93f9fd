/** The parameter that names the container of a step: of `shell`, and of own actions. */
export const CONTAINER_NAME = 'container-name';
