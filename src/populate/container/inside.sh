# Runs inside a container: fills a store there and hands it out as a tar archive on standard output.
# $1: Pythons to try, separated by spaces, or nothing; the rest are arguments of headerkit-backend.
set -u
# The shell is process 1, which no signal ends unless it says so.
trap 'exit 130' INT TERM
wanted=$1
shift
if [ -n "$wanted" ]; then
    python=
    for version in $wanted; do
        tag=cp$(echo "$version" | tr -d .t)
        case $version in *t) abi=${tag}t ;; *) abi=$tag ;; esac
        for candidate in "/opt/python/$tag-$abi/bin/python" "$(command -v "python$version")"; do
            if [ -z "$python" ] && [ -n "$candidate" ] && [ -x "$candidate" ]; then python=$candidate; fi
        done
    done
    if [ -z "$python" ]; then
        echo "the image has none of the Pythons asked for: $wanted" >&2
        ls -d /opt/python/cp* 2>/dev/null | sed 's/^/  it has /' >&2
        exit 64
    fi
    set -- "$python" -m headerkit_backend "$@"
else
    set -- /headerkit/package/bin/headerkit-backend "$@"
fi
made=$(mktemp -d) || exit
HEADERKIT_STORE_DIR=$made/store
export HEADERKIT_STORE_DIR
"$@" >"$made/report.json" 2>"$made/said" &
wait "$!"
status=$?
if [ ! -s "$made/report.json" ]; then
    cat "$made/said" >&2
    exit "$status"
fi
tar -C "$made" -cf - .
