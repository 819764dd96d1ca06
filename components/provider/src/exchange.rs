//! A conversation with a provider, driven from outside.

use std::marker::PhantomData;

use crate::Error;

/// A request to send. The driver sets time limits and follows no redirects.
pub type Request = http::Request<Vec<u8>>;

/// The whole answer to a request; the driver limits the size of its body.
pub type Response = http::Response<Vec<u8>>;

/// An exchange of any kind, as providers hand them out.
pub type Conversation<T> = Box<dyn Exchange<Output = T>>;

/// Why a request has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// It was certainly not sent: no such host, no connection, or a host that may not be asked.
    NotSent,
    /// It may have arrived: a timeout, a broken connection or an answer too large, after sending began.
    Lost,
}

/// What is to be done next in an exchange.
#[derive(Debug)]
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::large_enum_variant, reason = "one step lives at a time, and a box would cost more than a move")
)]
pub enum Step<T> {
    /// Send this request and bring the answer to [`Exchange::receive`].
    Send(Request),
    /// The exchange is over, with this outcome.
    Done(Result<T, Error>),
}

/// A few requests, each of which may depend on the answers before. How many there can be is limited.
pub trait Exchange {
    /// What a successful exchange comes to.
    type Output;

    /// Returns the first step; to be called once.
    fn begin(&mut self) -> Step<Self::Output>;

    /// Takes the answer to the last request and returns the next step.
    fn receive(&mut self, answer: Result<Response, Transport>) -> Step<Self::Output>;
}

/// What a provider has no way to be asked.
pub(crate) struct NotOffered<T>(PhantomData<T>);

impl<T> NotOffered<T> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

/// What is answered without asking anybody.
pub(crate) struct Answered<T>(Option<Result<T, Error>>);

impl<T> Answered<T> {
    pub(crate) const fn with(outcome: Result<T, Error>) -> Self {
        Self(Some(outcome))
    }
}

impl<T> Exchange for Answered<T> {
    type Output = T;

    fn begin(&mut self) -> Step<T> {
        Step::Done(self.0.take().unwrap_or(Err(Error::NotOffered)))
    }

    fn receive(&mut self, _: Result<Response, Transport>) -> Step<T> {
        self.begin()
    }
}

/// A conversation about what a provider is not to be asked: it ends with [`Error::NotOffered`].
pub fn not_offered<T: 'static>() -> Conversation<T> {
    Box::new(NotOffered::new())
}

impl<T> Exchange for NotOffered<T> {
    type Output = T;

    fn begin(&mut self) -> Step<T> {
        Step::Done(Err(Error::NotOffered))
    }

    fn receive(&mut self, _: Result<Response, Transport>) -> Step<T> {
        self.begin()
    }
}

impl<T> From<Result<Request, Error>> for Step<T> {
    fn from(request: Result<Request, Error>) -> Self {
        match request {
            Ok(request) => Self::Send(request),
            Err(error) => Self::Done(Err(error)),
        }
    }
}
