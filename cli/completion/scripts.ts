/** The shells that completion is made for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/**
 * What a shell reads to complete the words of `contractor`.
 *
 * Each script only asks `contractor __complete -- WORD…` and hands on the
 * answer: a word a line, a tab and what it means; after a word that ends with a
 * colon more can follow. So what can be completed is
 * known in one place, which knows the commands, the store and the specification.
 */
export const COMPLETION_SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  // Bash breaks words at `:` and `=` and wants only what comes after the last of them.
  bash: String.raw`# contractor: completion for bash. source <(contractor completion bash)
_contractor() {
  local line=${'${COMP_LINE:0:COMP_POINT}'} words current part prefix answer
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current=${'${words[-1]}'}
  part=${'${current##*[:=]}'}
  prefix=${'${current%"$part"}'}
  COMPREPLY=()
  while IFS= read -r answer; do
    case $answer in
      :files) compopt -o filenames; mapfile -t -O "${'${#COMPREPLY[@]}'}" COMPREPLY < <(compgen -f -- "$part") ;;
      :directories) compopt -o filenames; mapfile -t -O "${'${#COMPREPLY[@]}'}" COMPREPLY < <(compgen -d -- "$part") ;;
      *) answer=${"${answer%%$'\\t'*}"}; [[ $answer != *: ]] || compopt -o nospace; COMPREPLY+=("${'${answer#"$prefix"}'}") ;;
    esac
  done < <("${'${words[0]}'}" __complete -- "${'${words[@]:1}'}" 2>/dev/null)
}
complete -F _contractor contractor
`,
  zsh: String.raw`#compdef contractor
# contractor: completion for zsh. source <(contractor completion zsh)
_contractor() {
  local answer
  local -a answers described begun
  answers=("${'${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}'}")
  for answer in $answers; do
    case $answer in
      :files) _files ;;
      :directories) _files -/ ;;
      *:) begun+=("$answer") ;;
      *) described+=("${"${${answer%%$'\\t'*}//:/\\\\:}:${answer#*$'\\t'}"}") ;;
    esac
  done
  (( $#begun )) && compadd -S '' -a begun
  (( $#described )) && _describe -V contractor described
}
compdef _contractor contractor
`,
  fish: String.raw`# contractor: completion for fish. contractor completion fish | source
function __contractor_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (commandline --current-token --cut-at-cursor)
    for answer in ($words[1] __complete -- $words[2..] "$current" 2>/dev/null)
        switch $answer
            case :files
                __fish_complete_path "$current"
            case :directories
                __fish_complete_directories "$current"
            case '*'
                echo $answer
        end
    end
end
complete --command contractor --no-files --arguments '(__contractor_complete)'
`,
};
