# Completion for fish. It reads a tool's own -h for options, the names of their arguments, and the
# operands in the synopsis.

# The words for an argument that -h calls so, with their meanings.
function __rfcat_words
    switch $argv[1]
        case adapter
            btscan -l 2>/dev/null | string replace -r '\t(.*)\t(.*)\t' '\t$1 $2 '
        case address
            timeout 2 bluetoothctl devices 2>/dev/null | chatline -f '' |
                string replace -rf '^Device ([0-9A-F:]{17}) ' '$1\t'
        case level
            printf '%s\n' low medium high
        case uuid
            btscan -u '?' 2>&1 | string replace -rf '.* or one of ([a-z ]*)\)$' '$1' | string split ' '
        case file log room
            __fish_complete_path (commandline -ct)
        case name
            set -q XDG_STATE_HOME; and set -l state $XDG_STATE_HOME; or set -l state ~/.local/state
            for peer in $state/rfcat/peers/*
                basename $peer
            end
        case program transport
            __fish_complete_command
    end
end

# Whether OPERAND may stand at the cursor: __rfcat_operand LETTERS OPERAND ..., where the options of
# these letters have an argument.
function __rfcat_operand
    set -l tokens (commandline -opc)
    set -e tokens[1]
    set -l at 2
    while string match -q -- '-*' $tokens[1]
        string match -qr -- "[$argv[1]]\$" $tokens[1]; and set -e tokens[1]
        set -e tokens[1]
    end
    __rfcat_words $argv[(math $at + (count $tokens))]
end

for tool in (basename (status filename) .fish)
    set -l help ($tool -h 2>/dev/null)
    set -l takes -
    for line in $help
        set -l option (string match -r '^  -(.) ([a-z]*) +(.*)' -- $line); or continue
        if test -n "$option[3]"
            set takes "$takes$option[2]"
            complete -c $tool -s $option[2] -x -a "(__rfcat_words $option[3])" -d $option[4]
        else
            complete -c $tool -s $option[2] -d $option[4]
        end
    end
    # The longest form of the synopsis has all operands.
    set -l operands
    set -l forms (string join ' ' (string replace -r '^usage:' '' -- (string match -rv '^  -' -- $help)))
    for form in (string split " $tool " -- $forms)
        set form (string replace -ra '\[-[^]]*\]|^-[a-z](?= )|[][]|\.\.\.' '' -- $form | string split -n ' ')
        test (count $form) -le (count $operands); or set operands $form
    end
    complete -c $tool -f -a "(__rfcat_operand '$takes' $operands)"
end
