#!/bin/sh
# Captures what real libraries print and write: the files beside this folder.
#
#     capture.sh WORK
#
# WORK, outside the repository, takes the virtual environments; they are made
# if they are missing. It needs Debian 12 with python3-venv, python3-torch,
# libsvm-tools, liblinear-tools and fasttext, and PyPI. No GPU is used, and no
# other build of torch is fetched.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(dirname "$here")
mkdir -p "$1" "$out/events"
work=$(cd "$1" && pwd)
export PYTHONUNBUFFERED=1 KERAS_BACKEND=jax JAX_PLATFORMS=cpu CUDA_VISIBLE_DEVICES= TF_CPP_MIN_LOG_LEVEL=3 TF_ENABLE_ONEDNN_OPTS=0

environment() { # NAME REQUIREMENTS VENV-OPTION PIP-OPTION
	[ -e "$work/$1/ready" ] && return
	/usr/bin/python3 -m venv $3 "$work/$1"
	"$work/$1/bin/pip" install -q $4 -r "$here/$2"
	touch "$work/$1/ready"
}
environment plain requirements.txt "" ""
environment torch requirements-torch.txt --system-site-packages --no-deps
environment tensorflow requirements-tensorflow.txt "" ""

# Both outputs go into one pipe, as they do under the agent.
capture() { # NAME COMMAND...
	name=$1
	shift
	(cd "$work" && "$@" 2>&1) | cat >"$out/$name.txt"
}
plain="$work/plain/bin/python"
torch="$work/torch/bin/python"

rm -rf "$work/logs" "$out/events"
mkdir -p "$work/logs" "$out/events"
for verbose in 1 2; do
	capture keras-$verbose "$plain" "$here/keras_fit.py" $verbose "$out/keras-$verbose.json"
done
for library in xgboost lightgbm; do
	capture $library "$plain" "$here/boosting.py" $library "$out/$library.json"
done
for kind in grid mlp; do
	capture sklearn-$kind "$plain" "$here/sklearn_fit.py" $kind "$out/sklearn-$kind.json"
done
capture tqdm "$plain" "$here/tqdm_loop.py" "$out/tqdm.json"
capture katib "$plain" "$here/katib_print.py" "$out/katib.json"
capture lightning "$torch" "$here/lightning_fit.py" "$out/lightning.json" logs
capture trainer-epoch "$torch" "$here/trainer_fit.py" 0 "$out/trainer-epoch.json" logs/epoch
capture trainer-steps "$torch" "$here/trainer_fit.py" 3 "$out/trainer-steps.json" logs/steps

"$plain" "$here/vectors.py" "$work"
capture svm-train svm-train -v 5 vectors.txt
capture liblinear-train liblinear-train -v 5 vectors.txt
capture fasttext fasttext supervised -input sentences.txt -output "$work/fasttext" -epoch 3 -dim 4 -thread 1 -verbose 2

"$torch" "$here/events.py" torch "$out/events/torch" "$out/events/torch.json"
"$plain" "$here/events.py" tensorboardX "$out/events/tensorboardX" "$out/events/tensorboardX.json"
KERAS_BACKEND=tensorflow "$work/tensorflow/bin/python" "$here/events_keras.py" "$out/events/tensorflow" "$out/events/tensorflow.json" 2>/dev/null
mkdir -p "$out/events/lightning" "$out/events/trainer"
cp -r "$work/logs/lightning/version_0" "$out/events/lightning/"
rm "$out/events/lightning/version_0/hparams.yaml"
cp "$work"/logs/epoch/runs/events* "$out/events/trainer/"

# The names and the records hold the time, the process, the host and the folder.
"$plain" "$here/tidy.py" "$out" "$work"
